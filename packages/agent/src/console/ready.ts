// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences begin with ESC
const TERMINAL_SEQUENCE = /\u001b\[[0-9;?]*[ -/]*[@-~]/g

/** Whether a line of output says that the game is ready, colours or not. */
export function saysReady(text: Uint8Array, ready: readonly string[]): boolean {
  const line = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8')
  const plain = line.includes('\u001b') ? line.replaceAll(TERMINAL_SEQUENCE, '') : line
  return ready.some(words => plain.includes(words))
}
