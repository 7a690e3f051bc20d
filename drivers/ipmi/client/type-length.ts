/** Text as SDR and FRU records hold it: a byte with coding and length, then the text (IPMI 2.0, 43.15; FRU 1.2, 13). */

const BCD_PLUS = "0123456789 -.:,_";

/** `typeLength`: coding in bits 7:6. Zero bytes and blanks at the end are padding. */
export function codedText(typeLength: number, bytes: Buffer): string {
  const coding = typeLength >> 6;
  if (coding === 1) return bcdPlus(bytes).trimEnd();
  if (coding === 2) return sixBit(bytes).trimEnd();
  return bytes.toString("latin1").replace(/[\0 ]+$/, "");
}

function bcdPlus(bytes: Buffer): string {
  return [...bytes].map((byte) => `${BCD_PLUS[byte >> 4] ?? ""}${BCD_PLUS[byte & 0x0f] ?? ""}`).join("");
}

/** Four characters in three bytes, lowest bits first; 20h is added to each. */
function sixBit(bytes: Buffer): string {
  let [text, bits, count] = ["", 0, 0];
  for (const byte of bytes) {
    bits |= byte << count;
    count += 8;
    while (count >= 6) {
      text += String.fromCharCode((bits & 0x3f) + 0x20);
      bits >>= 6;
      count -= 6;
    }
  }
  return text;
}
