interface TextOfBytes {
  text: string
  toBytes(text: string): Buffer
  /** How a text that is put in has to look within this one. */
  asWritten(text: string): string
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A file's text, so that all that is not changed comes back byte for byte: UTF-8, UTF-16 with its mark, or bytes. */
export function readBytes(bytes: Buffer): TextOfBytes {
  if (bytes[0] === 0xff && bytes[1] === 0xfe && bytes.length % 2 === 0) {
    return marked(bytes.toString('utf16le'), text => Buffer.from(text, 'utf16le'))
  }
  try {
    return marked(utf8.decode(bytes), text => Buffer.from(text, 'utf8'))
  } catch {
    return {
      text: bytes.toString('latin1'),
      toBytes: text => Buffer.from(text, 'latin1'),
      asWritten: text => Buffer.from(text, 'utf8').toString('latin1')
    }
  }
}

/** The byte order mark is no part of the first line. */
function marked(decoded: string, encode: (text: string) => Buffer): TextOfBytes {
  const mark = decoded.startsWith('\ufeff') ? '\ufeff' : ''
  return {
    text: decoded.slice(mark.length),
    toBytes: text => encode(mark + text),
    asWritten: text => text
  }
}
