/** Anything that could begin a control sequence: ESC, the C1 controls, and ENQ, which asks the terminal to answer. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const suspicious = /[\u0005\u001b\u0080-\u009f]/

/**
 * Strings to the terminal (OSC, DCS, APC, PM, SOS) up to their end or the line's, then CSI sequences,
 * then other escapes.
 */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c|(?=\u001b)|$)|(?:\u001b\[|\u009b)[0-?]*[ -/]*(?:[@-~]|$)|\u001b[ -/]*(?:[0-~]|$)|[\u0005\u001b\u0080-\u009f]/g

// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
const colour = /^\u001b\[[0-9;:]*m$/

/**
 * Leaves a game's colours and drops everything else that a terminal would obey: a terminal's answer to
 * a question in the output would be typed into the game.
 */
export function filterTerminal(line: string): string {
  if (!suspicious.test(line)) return line
  return line.replace(sequences, sequence => (colour.test(sequence) ? sequence : ''))
}
