import type { Edit } from './edit.ts'

/** A value as a file that knows types has it; `text` is a number's or a switch's own way of writing. */
export interface TypedValue {
  type: 'string' | 'number' | 'boolean'
  text: string
}

const decimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const integer = /^-?(?:0|[1-9]\d{0,17})$/
const switches: Record<string, string> = { true: 'true', false: 'false', '1': 'true', '0': 'false' }

/**
 * A text takes the type of what stands there, where it can be one; where nothing stands, a whole number
 * and `true` and `false` are what they look like. A number or a switch in the template stays one.
 */
export function typedValue(value: Edit['value'], current: TypedValue | undefined): TypedValue {
  if (typeof value === 'number') return { type: 'number', text: String(value) }
  if (typeof value === 'boolean') return { type: 'boolean', text: String(value) }
  const asSwitch = Object.hasOwn(switches, value) ? switches[value] : undefined
  if (current?.type === 'boolean' && asSwitch) return { type: 'boolean', text: asSwitch }
  if (current?.type === 'number' && decimal.test(value)) return { type: 'number', text: value }
  if (current) return { type: 'string', text: value }
  if (value === 'true' || value === 'false') return { type: 'boolean', text: value }
  return { type: integer.test(value) ? 'number' : 'string', text: value }
}
