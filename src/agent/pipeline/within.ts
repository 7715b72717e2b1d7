/** As the promise, but after so many milliseconds it rejects with an error of this text, and whatever the promise comes to is nobody's concern. */
export async function within<T>(milliseconds: number, promise: Promise<T>, text: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${text} within ${Math.round(milliseconds)} ms`)), milliseconds)
  })
  try {
    return await Promise.race([promise, end])
  } finally {
    clearTimeout(timer)
  }
}
