/**
 * What images are fetched with, in a module of its own: it is loaded with the first image, and a package of CommonJS that is
 * itself imported while running has no names in the built program.
 */
export { Agent, request } from "undici";
