/**
 * A stream of text by lines. Only `\n` ends one: node:readline also splits at U+2028, which JSON may hold as it is. A last line may end without; nothing
 * after the last `\n` is no line. The pieces of a long line are joined once, when it ends: each chunk is looked at once.
 */
export async function* linesOf(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let pieces: string[] = []
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      pieces.push(text.slice(start, end))
      start = end + 1
      const line = pieces.join('')
      pieces = []
      yield line.endsWith('\r') ? line.slice(0, -1) : line
    }
    pieces.push(text.slice(start))
  }
  const rest = pieces.join('') + decoder.decode()
  if (rest !== '') yield rest
}
