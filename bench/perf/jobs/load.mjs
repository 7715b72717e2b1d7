/** How long a module takes to load, in a process that has loaded nothing but this. */

/** @type {import('../job.mjs').Prepare} */
export async function prepare({ module }, meter) {
  return {
    async run() {
      meter.begin()
      await import(module)
      meter.end()
    },
    close: async () => undefined,
  }
}
