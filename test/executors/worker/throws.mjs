import { missing } from './nowhere.mjs'

export default missing
