/** The project's own definitions of the meters that the original ships: the same samples from the same notifications. */
import type { MeterSource } from './load.js'
import { INSTANCE_METERS, NODE_METERS } from './shipped-compute.js'
import { BANDWIDTH_METER, CLUSTER_METER, SERVICE_METERS } from './shipped-services.js'
import { OBJECT_STORE_METER, SHARE_METER, STORAGE_METERS } from './shipped-storage.js'

/** For loadMeters. Samples of one notification come in the order of the original, from the last definition to the first. */
export const SHIPPED_METERS: MeterSource = {
  file: 'tocsin:meters',
  definitions: {
    metric: [
      ...STORAGE_METERS,
      CLUSTER_METER,
      OBJECT_STORE_METER,
      ...INSTANCE_METERS,
      BANDWIDTH_METER,
      ...NODE_METERS,
      ...SERVICE_METERS,
      SHARE_METER,
    ],
  },
}
