/** Audit records of the form CADF, which several services send. */
import { members, type TraitConfigs, typed } from './config.js'

/** What all of them have. */
export const cadf: TraitConfigs = {
  ...members('typeURI', 'id', 'action', 'eventType', 'outcome'),
  ...typed('datetime', members('eventTime')),
  initiator_typeURI: 'payload.initiator.typeURI',
  initiator_id: 'payload.initiator.id',
  target_typeURI: 'payload.target.typeURI',
  target_id: 'payload.target.id',
  observer_id: 'payload.observer.id',
}

/** Where the request came from; the trait of its address has two names. */
export function cadfHosts(address: 'initiator_host_addr' | 'initiator_host_address'): TraitConfigs {
  return { initiator_host_agent: 'payload.initiator.host.agent', [address]: 'payload.initiator.host.address' }
}
