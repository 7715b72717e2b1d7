/** Designate. */
import { type EventDefinitionConfig, members, type TraitConfigs, typed } from './config.js'

const both: TraitConfigs = {
  resource_id: 'payload.id',
  ...members(
    'name',
    'description',
    'action',
    'email',
    'expire',
    'retry',
    'serial',
    'status',
    'ttl',
    'version',
  ),
  ...typed('datetime', members('created_at', 'updated_at')),
}

/** The original looks for the parent at the top of the notification, where none is. */
const domain: TraitConfigs = { ...both, ...members('parent_domain_id') }

const zone: TraitConfigs = {
  ...both,
  project_id: 'payload.tenant_id',
  ...members('pool_id', 'refresh', 'type'),
}

const audited = typed('datetime', members('audit_period_beginning', 'audit_period_ending'))

export const dnsEvents: readonly EventDefinitionConfig[] = [
  { event_type: ['dns.domain.create', 'dns.domain.update', 'dns.domain.delete'], traits: domain },
  { event_type: 'dns.domain.exists', traits: { ...domain, ...audited } },
  { event_type: ['dns.zone.create', 'dns.zone.update', 'dns.zone.delete'], traits: zone },
  { event_type: 'dns.zone.exists', traits: { ...zone, ...audited } },
]
