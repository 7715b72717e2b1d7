/** The endpoint that the demo runs in worker threads: it computes, so it would hold up the main thread. */
import { pbkdf2Sync } from 'node:crypto'

import type { NotificationArgs, NotificationEndpoint } from 'tocsin'

/** A slow hash of the payload: about half a millisecond. */
function fingerprint(...[, , , payload]: NotificationArgs): void {
  pbkdf2Sync(JSON.stringify(payload), 'demo', 500, 32, 'sha256')
}

const endpoint: NotificationEndpoint = { info: fingerprint, error: fingerprint }

export default endpoint
