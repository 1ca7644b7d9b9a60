import type { Setting } from '../evidence/parse/postgres.ts';

/** Where a setting's value comes from, in words. */
export function originOf(setting: Setting): string {
  if (setting.sourcefile) return `${setting.sourcefile}${setting.sourceline ? `:${setting.sourceline}` : ''}`;
  return setting.source ?? 'an unknown source';
}

/** A setting as a line of evidence. */
export function settingText(setting: Setting): string {
  const pending = setting.pending_restart ? ', a restart is pending' : '';
  return `${setting.name} = ${setting.setting ?? 'null'}${setting.unit ? ` ${setting.unit}` : ''} (${originOf(setting)}${pending})`;
}

/** A setting's value as a number, or undefined where it is none. */
export function numberOf(setting: Setting | undefined): number | undefined {
  const value = Number(setting?.setting ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}
