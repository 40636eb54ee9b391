export { CockatielBreakers } from './cockatiel-breakers.ts'
