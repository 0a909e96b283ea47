import { type Edit, type Edited, NotEditable, type Parser } from './edit.ts'
import { editIni } from './ini.ts'
import { editJson } from './json.ts'
import { editPlainFile } from './plain-file.ts'
import { editProperties } from './properties.ts'
import { editToml } from './toml.ts'
import { editXml } from './xml.ts'
import { editYaml } from './yaml.ts'

const parsers = new Map<string, Parser>([
  ['file', editPlainFile],
  ['properties', editProperties],
  ['ini', editIni],
  ['json', editJson],
  ['yaml', editYaml],
  ['yml', editYaml],
  ['toml', editToml],
  ['xml', editXml]
])

/** Throws a `NotEditable` with the reason in words. */
export function editText(parser: string, text: string, edits: readonly Edit[]): Edited {
  const edit = parsers.get(parser)
  if (!edit) throw new NotEditable(`has a parser that this node does not know: ${parser}`)
  try {
    return edit(text, edits)
  } catch (err) {
    // A stack that is full, too: the file is nested beyond what is counted.
    if (err instanceof NotEditable || !(err instanceof RangeError)) throw err
    throw new NotEditable('is nested too deeply', { cause: err })
  }
}
