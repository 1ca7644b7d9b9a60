import type { Absence, Item } from '../item.ts';
import { isItem } from '../item.ts';

/**
 * What the rights of the session hid, in a note: rows that are there without their columns are no absence that a verdict
 * would name.
 */
export function rightsNote(server: Item | Absence | undefined): string[] {
  if (!isItem(server)) return [];
  const [row] = JSON.parse(server.text) as [Record<string, unknown>?];
  if (row === undefined || row['is_superuser'] === true) return [];
  const role = String(row['current_user']);
  const version = Number(row['server_version_num']);
  if (version < 100_000)
    return [
      `The session’s role ${role} is no superuser, and before version 10 only one sees the paths of the server’s files and what other roles’ sessions do.`,
    ];
  const hidden = [
    ...(row['pg_read_all_settings'] === true ? [] : ['the paths of the server’s files (pg_read_all_settings)']),
    ...(row['pg_read_all_stats'] === true ? [] : ['what other roles’ sessions and standbys do (pg_read_all_stats)']),
  ];
  return hidden.length === 0
    ? []
    : [`The session’s role ${role} is no member of pg_monitor; hidden from it are ${hidden.join(' and ')}.`];
}
