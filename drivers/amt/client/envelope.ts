/**
 * WS-Management messages as Intel AMT takes them, and what is read of its answers (DMTF DSP0226; Intel AMT Implementation and
 * Reference Guide, "WS-Management").
 */
import { randomUUID } from "node:crypto";

export const CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/";
const SOAP = "http://www.w3.org/2003/05/soap-envelope";
const ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
const WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
const ANONYMOUS = `${ADDRESSING}/role/anonymous`;
const GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get";

export type Selectors = Readonly<Record<string, string>>;

export interface Reference {
  /** Class, such as CIM_ComputerSystem. */
  readonly of: string;
  readonly selectors: Selectors;
}

/** A parameter of a method: text, or a reference to an instance. */
export type Parameter = readonly [name: string, value: string | Reference];

/** Asks for the one instance of a class. */
export function getMessage(of: string): string {
  return envelope(GET, of, {}, "");
}

export function invokeMessage(target: Reference, method: string, parameters: readonly Parameter[]): string {
  const uri = `${CIM}${target.of}`;
  const inner = parameters.map(([name, value]) => `<r:${name}>${valueText(value)}</r:${name}>`).join("");
  const body = `<r:${method}_INPUT xmlns:r="${uri}">${inner}</r:${method}_INPUT>`;
  return envelope(`${uri}/${method}`, target.of, target.selectors, body);
}

function envelope(action: string, of: string, selectors: Selectors, body: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${SOAP}" xmlns:a="${ADDRESSING}" xmlns:w="${WSMAN}"><s:Header>` +
    `<a:Action s:mustUnderstand="true">${action}</a:Action><a:To s:mustUnderstand="true">/wsman</a:To>` +
    `<w:ResourceURI s:mustUnderstand="true">${CIM}${of}</w:ResourceURI><a:MessageID>uuid:${randomUUID()}</a:MessageID>` +
    `<a:ReplyTo><a:Address>${ANONYMOUS}</a:Address></a:ReplyTo><w:OperationTimeout>PT60S</w:OperationTimeout>` +
    `${selectorSet(selectors)}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
  );
}

function valueText(value: string | Reference): string {
  if (typeof value === "string") return escapeXml(value);
  return (
    `<a:Address>${ANONYMOUS}</a:Address><a:ReferenceParameters><w:ResourceURI>${CIM}${value.of}</w:ResourceURI>` +
    `${selectorSet(value.selectors)}</a:ReferenceParameters>`
  );
}

function selectorSet(selectors: Selectors): string {
  const each = Object.entries(selectors).map(
    ([name, value]) => `<w:Selector Name="${name}">${escapeXml(value)}</w:Selector>`,
  );
  return each.length === 0 ? "" : `<w:SelectorSet>${each.join("")}</w:SelectorSet>`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The text of the first element of this local name, whatever its prefix; null when there is none. */
export function elementText(xml: string, name: string): string | null {
  const tag = new RegExp(`<(?:[A-Za-z_][\\w.-]{0,63}:)?${name}(?=[\\s>])[^>]*>([^<]*)<`);
  return tag.exec(xml)?.[1]?.trim() ?? null;
}

/** Why AMT refused, from a SOAP fault; null when the answer is none. */
export function soapFault(xml: string): string | null {
  if (!/<(?:[A-Za-z_][\w.-]{0,63}:)?Fault[\s>]/.test(xml)) return null;
  const said = elementText(xml, "Text") ?? elementText(xml, "Value");
  return said === null || said === "" ? "a fault without words" : said.slice(0, 200);
}
