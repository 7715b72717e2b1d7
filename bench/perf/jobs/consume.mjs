/** A queue that was filled before: from the first message handled to the last. */

/** @type {import('../job.mjs').Prepare} */
export async function prepare({ library, place }, meter) {
  const { open } = await import(`../adapters/${library}.mjs`)
  const adapter = await open(place)
  return {
    async run() {
      await adapter.consume(() => meter.tick())
      await meter.done
    },
    close: () => adapter.close(),
  }
}
