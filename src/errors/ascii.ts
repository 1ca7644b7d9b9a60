/**
 * Whether all bytes are ASCII: in a log nearly always, and then only English needs to be searched for.
 *
 * @param bytes any bytes
 * @returns true where no byte has its highest bit set
 */
export function isAscii(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return bytes.every((byte) => byte < 128);
  const before = (4 - (bytes.byteOffset & 3)) & 3;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + before, (bytes.length - before) >> 2);
  let all = 0;
  for (let i = 0; i < before; i += 1) all |= bytes[i] as number;
  for (let i = before + words.length * 4; i < bytes.length; i += 1) all |= bytes[i] as number;
  for (let i = 0; i < words.length; i += 1) all |= words[i] as number;
  return (all & 0x80808080) === 0;
}
