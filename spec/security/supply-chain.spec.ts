/** What is installed is what the lock file says, from the registry, and runs no scripts but known ones. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
}

describe("Supply chain (reliability 6)", () => {
  const lock = JSON.parse(readFileSync(resolve(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, Locked>;
  };
  const own = JSON.parse(readFileSync(resolve(ROOT, "package.json"), "utf8")) as Record<string, Record<string, string>>;
  const packages = Object.entries(lock.packages).filter(([path]) => path !== "");

  it("every package of the lock file has its checksum", () => {
    const bare = packages.filter(([, { integrity, link }]) => integrity === undefined && link !== true);
    assert.deepEqual(
      bare.map(([path]) => path),
      [],
    );
  });

  it("none comes from elsewhere than a registry", () => {
    const odd = packages.filter(
      ([, { resolved }]) => resolved !== undefined && !/^https:\/\/[^/]+\/.*\.tgz$/.test(resolved),
    );
    assert.deepEqual(
      odd.map(([path, { resolved }]) => `${path} ${resolved}`),
      [],
    );
  });

  it("versions are exact, and the lock file has them", () => {
    for (const kind of ["dependencies", "devDependencies"])
      for (const [name, version] of Object.entries(own[kind] ?? {})) {
        assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
        assert.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
      }
  });

  it("install scripts are those of programs and drivers that we know", () => {
    const running = packages.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const known = /^node_modules\/(?:.*\/node_modules\/)?(esbuild|fsevents|msgpackr-extract|cpu-features|ssh2)$/;
    assert.deepEqual(
      running.map(([path]) => path).filter((path) => !known.test(path)),
      [],
    );
  });

  it("the first start installs by npm ci", () => {
    assert.match(readFileSync(resolve(ROOT, "tools/bootstrap.mjs"), "utf8"), /"ci"/);
  });
});
