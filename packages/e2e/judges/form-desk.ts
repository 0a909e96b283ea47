import { type Operation, requestOf } from './operations.ts'

/** A page that is not the panel's: each operation as a form, for a judge that knows nothing but forms. */
export const DESK = '/~judges/'

interface Filled {
  operation: Operation
  asked: { method: string; path: string; body: string; headers: Record<string, string> }
}

export interface Desk {
  page(): { status: number; headers: Record<string, string>; body: Buffer }
  /** The request that a filled form stands for; undefined: it was no form. */
  open(asked: { path: string; headers: Record<string, string> }): Filled | 'unknown' | undefined
}

export function createDesk(target: string, operations: Operation[]): Desk {
  const forms = operations.map((operation, index) => ({
    operation,
    path: `${DESK}${String(index).padStart(3, '0')}-${operation.method}`
  }))

  return {
    page: () => ({
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: Buffer.from(`<html><body>${forms.map(form => htmlOf(target, form)).join('\n')}</body>`)
    }),
    open({ path, headers }) {
      const [place = '', query = ''] = path.split('?')
      if (!place.startsWith(DESK)) return undefined
      const form = forms.find(one => one.path === place)
      if (!form) return 'unknown'
      const { operation } = form
      const texts = new URLSearchParams(query)
      const real = requestOf(operation, ({ name, value }) => texts.get(name) ?? String(value))
      const { 'content-type': _, ...rest } = headers
      return {
        operation,
        asked: {
          ...{ method: real.method, path: real.path },
          body: real.body === undefined ? '' : JSON.stringify(real.body),
          headers: {
            ...rest,
            ...(real.body !== undefined && { 'content-type': 'application/json' })
          }
        }
      }
    }
  }
}

/**
 * A list with one choice is sent as it is: what stands in a text field would be guessed by its name. All
 * forms are GET: of a POST wapiti sends the body after 40 ms, when the headers are acknowledged.
 */
function htmlOf(target: string, form: { operation: Operation; path: string }): string {
  const fields = form.operation.inputs.map(({ name, value }) => {
    const text = escaped(String(value))
    return `<select name="${escaped(name)}"><option value="${text}" selected>${text}</option></select>`
  })
  return `<form method="get" action="${target}${form.path}">${fields.join('')}</form>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, char => `&#${char.charCodeAt(0)};`)
}
