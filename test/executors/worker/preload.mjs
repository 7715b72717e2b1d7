// For `--import`: as if a thread had no means to start while the file that the query names is there.
import { existsSync } from 'node:fs'

if (existsSync(new URL(import.meta.url).search.slice(1))) throw new Error('not in the mood')
