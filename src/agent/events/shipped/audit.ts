/** Audit records of HTTP requests, of Swift and of Magnum. */
import { cadf, cadfHosts } from './cadf.js'
import { type EventDefinitionConfig, members, type TraitConfigs } from './config.js'

const request: TraitConfigs = {
  project_id: 'payload.initiator.project_id',
  user_id: 'payload.initiator.id',
  ...cadf,
  ...members('requestPath'),
  target_name: 'payload.target.name',
  initiator_name: 'payload.initiator.name',
  initiator_host_address: 'payload.initiator.host.address',
}

export const auditEvents: readonly EventDefinitionConfig[] = [
  { event_type: '*http.*', traits: request },
  { event_type: '*http.response', traits: { ...request, reason_code: 'payload.reason.reasonCode' } },
  // Behind `*http.*`, with all that it gives: in the original it stands before, where no event reaches it.
  {
    event_type: 'objectstore.http.request',
    traits: {
      ...request,
      initiator_project_id: 'payload.initiator.project_id',
      target_action: 'payload.target.action',
      target_metadata_path: 'payload.target.metadata.path',
      target_metadata_version: 'payload.target.metadata.version',
      target_metadata_container: 'payload.target.metadata.container',
      target_metadata_object: 'payload.target.metadata.object',
    },
  },
  {
    event_type: 'magnum.cluster.*',
    traits: {
      ...cadf,
      ...cadfHosts('initiator_host_address'),
      initiator_name: 'payload.initiator.name',
      observer_typeURI: 'payload.observer.typeURI',
    },
  },
]
