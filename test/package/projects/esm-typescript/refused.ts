import { getTransport, Notifier } from 'tocsin'

type NovaEvents = { 'compute.instance.update': { state: string } }
const notifier = new Notifier<NovaEvents>(getTransport('memory://'), {
  publisherId: 'compute.host1',
  topics: ['notifications'],
})

// @ts-expect-error the payload of this event type has no such key: the types reach a user whole
export const sent: Promise<void> = notifier.info({}, 'compute.instance.update', { instance_id: 'i-1' })
