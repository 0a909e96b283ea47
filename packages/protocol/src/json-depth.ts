/** Whether the JSON has more than `depth` lists and objects within each other. Says nothing of what is no JSON. */
export function isDeeperThan(text: string, depth: number): boolean {
  let level = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfString(text, at)
        break
      case 0x5b:
      case 0x7b:
        if (++level > depth) return true
        break
      case 0x5d:
      case 0x7d:
        level--
        break
    }
  }
  return false
}

/** Where the string that begins at `start` has its closing quote: one that no odd number of backslashes precedes. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end
    while (text.charCodeAt(before - 1) === 0x5c) before--
    if ((end - before) % 2 === 0) return end
  }
  return text.length
}
