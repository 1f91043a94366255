/** Servers under load, beside each other: what the run calls. */
export type { LeftOut } from './field.ts';
export { estimateLoadsMs, type LoadOptions, measureLoads } from './measure-loads.ts';
export { estimateProfilesMs, measureProfiles, profileDefaults } from './profile.ts';
export { estimateSustainedMs, measureSustained, sustainedDefaults } from './sustained.ts';
