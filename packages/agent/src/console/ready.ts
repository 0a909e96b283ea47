import { type ConsoleLine, readPlainExpression } from '@ctrl-alt-play/protocol'

/** Looks through the output of one run for what means "ready". */
export interface ReadyWatch {
  /** Whether a line says it, colours or not. Lines come in their order. */
  seesIn(line: Pick<ConsoleLine, 'stream' | 'continued' | 'text'>): boolean
  /** Texts cost nothing; an expression may, and then whoever reads rests now and then. */
  isCostly: boolean
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences begin with ESC
const TERMINAL_SEQUENCE = /\u001b\[[0-9;?]*[ -/]*[@-~]/g
/** A line that is longer than the console's comes in parts: of each the end is looked at again with the next. */
const OVERLAP_BYTES = 1_024
/** An expression sees so much of a line: words that mean "ready" are short, and hostile lines are long. */
const MAX_SEARCHED = 1_024
const NOTHING = Buffer.alloc(0)

export function createReadyWatch(ready: readonly string[]): ReadyWatch {
  const tests = ready.map(testOf)
  const rest = { stdout: NOTHING, stderr: NOTHING }
  return {
    isCostly: tests.some(({ isExpression }) => isExpression),
    seesIn({ stream, continued, text }) {
      const part = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
      const bytes = rest[stream].length > 0 ? Buffer.concat([rest[stream], part]) : part
      rest[stream] = continued ? Buffer.from(bytes.subarray(-OVERLAP_BYTES)) : NOTHING
      const line = bytes.toString('utf8')
      const plain = line.includes('\u001b') ? line.replaceAll(TERMINAL_SEQUENCE, '') : line
      return tests.some(test => test.saysReady(plain))
    }
  }
}

interface Test {
  isExpression: boolean
  saysReady(line: string): boolean
}

/** The panel takes no expression that cannot be read; one that comes all the same is a text, as other panels have it. */
function testOf(words: string): Test {
  const read = readPlainExpression(words)
  if (!read?.ok) return { isExpression: false, saysReady: line => line.includes(words) }
  const { expression } = read
  // What a carriage return has overwritten was a line of its own for whoever watched.
  return {
    isExpression: true,
    saysReady: line => line.split('\r').some(shown => expression.test(shown.slice(0, MAX_SEARCHED)))
  }
}
