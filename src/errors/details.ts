const seen = /\bhost "([^"]{1,255})", user "([^"]{1,64})"(?:, database "([^"]{1,64})")?/;
const tried = /(?:\bserver at|\bon host) "([^"]{1,255})"(?: \(([0-9a-fA-F:.]{2,45})\))?[^"]{0,60}?\bport (\d{1,5})/;

/**
 * The facts that PostgreSQL and libpq print beside an error, as sentences: what the server saw of the connection, or what
 * the client tried to reach.
 *
 * @param text what stands around the error, cleaned
 * @returns sentences, or an empty string where the text bears no such facts
 */
export function details(text: string): string {
  const sentences: string[] = [];
  const client = tried.exec(text);
  if (client !== null) {
    const address = client[2] === undefined ? '' : ` (${client[2]})`;
    sentences.push(`The client tried ${client[1]}${address}, port ${client[3]}.`);
  }
  const server = seen.exec(text);
  if (server !== null) {
    const database = server[3] === undefined ? '' : `, the database ${server[3]}`;
    sentences.push(`The server saw the address ${server[1]}, the user ${server[2]}${database}.`);
  }
  return sentences.join(' ');
}
