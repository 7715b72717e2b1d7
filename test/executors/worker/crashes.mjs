setImmediate(() => {
  throw new Error('crashed while loading')
})
await new Promise((resolve) => setTimeout(resolve, 60_000))
