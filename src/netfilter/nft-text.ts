import { isObject, type Json, type JsonObject } from './nft-fields.ts';

/** A rule of `nft -j` in the words of nft, for people; what has no words here stays JSON. */
export function renderRule({ expr, comment }: JsonObject): string {
  const words = (Array.isArray(expr) ? expr : []).map(renderStatement);
  return [...words, ...(comment === undefined ? [] : [`comment ${JSON.stringify(comment)}`])].join(' ');
}

function renderStatement(json: Json): string {
  if (!isObject(json)) return JSON.stringify(json);
  const key = Object.keys(json)[0] ?? '';
  const value = json[key];
  if (value === null || value === undefined) return key;
  if (!isObject(value)) return `${key} ${JSON.stringify(value)}`;
  switch (key) {
    case 'match': {
      const operator = value['op'] === '==' || value['op'] === 'in' ? '' : `${String(value['op'])} `;
      return `${renderExpression(value['left'])} ${operator}${renderExpression(value['right'])}`;
    }
    case 'jump':
    case 'goto':
      return `${key} ${String(value['target'])}`;
    case 'counter':
      return value['packets'] === undefined
        ? 'counter'
        : `counter packets ${String(value['packets'])} bytes ${String(value['bytes'])}`;
    case 'vmap':
      return `${renderExpression(value['key'])} vmap ${renderExpression(value['data'])}`;
    case 'reject':
      return [
        'reject',
        ...(value['type'] === undefined ? [] : ['with', String(value['type'])]),
        ...(value['expr'] === undefined ? [] : [String(value['expr'])]),
      ].join(' ');
    case 'mangle':
      return `${renderExpression(value['key'])} set ${renderExpression(value['value'])}`;
    case 'log':
      return value['prefix'] === undefined ? 'log' : `log prefix ${JSON.stringify(value['prefix'])}`;
    case 'limit':
      return `limit rate ${value['inv'] === true ? 'over ' : ''}${String(value['rate'])}/${String(value['per'])}${value['burst'] === undefined ? '' : ` burst ${String(value['burst'])} packets`}`;
    case 'dnat':
      return `dnat to ${renderExpression(value['addr'] ?? '')}${value['port'] === undefined ? '' : `:${renderExpression(value['port'])}`}`;
    case 'redirect':
      return value['port'] === undefined ? 'redirect' : `redirect to :${renderExpression(value['port'])}`;
    default:
      return `${key} ${JSON.stringify(value)}`;
  }
}

const isVerdict = (json: Json | undefined): boolean =>
  isObject(json) &&
  ['accept', 'drop', 'continue', 'return', 'jump', 'goto', 'queue'].includes(Object.keys(json)[0] ?? '');

function renderList(list: readonly Json[], between: string): string {
  return list
    .map((each) =>
      Array.isArray(each) && each.length === 2
        ? `${renderExpression(each[0])} : ${isVerdict(each[1]) ? renderStatement(each[1] ?? null) : renderExpression(each[1])}`
        : renderExpression(each),
    )
    .join(between);
}

function renderExpression(json: Json | undefined): string {
  if (json === null || json === undefined) return '';
  if (typeof json === 'boolean') return json ? 'exists' : 'missing';
  if (Array.isArray(json)) return renderList(json, ',');
  if (!isObject(json)) return String(json);
  const key = Object.keys(json)[0] ?? '';
  const value = json[key];
  if (Array.isArray(value)) {
    if (key === 'set') return `{ ${renderList(value, ', ')} }`;
    if (key === 'concat') return renderList(value, ' . ');
    if (key === 'range') return renderList(value, '-');
    if (['&', '|', '^', '<<', '>>'].includes(key)) return value.map(renderExpression).join(` ${key} `);
  }
  if (isObject(value)) {
    const field = (name: string) => (value[name] === undefined ? '' : String(value[name]));
    switch (key) {
      case 'payload':
        return `${field('protocol')} ${field('field')}`;
      case 'meta':
        return ['iifname', 'oifname', 'iif', 'oif'].includes(field('key')) ? field('key') : `meta ${field('key')}`;
      case 'ct':
        return ['ct', field('dir'), field('family'), field('key')].filter(Boolean).join(' ');
      case 'tcp option':
        return ['tcp option', field('name'), field('field')].filter(Boolean).join(' ');
      case 'map':
        return `${renderExpression(value['key'])} map ${renderExpression(value['data'])}`;
      case 'prefix':
        return `${renderExpression(value['addr'])}/${field('len')}`;
      case 'elem':
        return renderExpression(value['val']);
      case 'fib':
        return `fib ${renderList(Array.isArray(value['flags']) ? value['flags'] : [value['flags'] ?? ''], ' . ')} ${field('result')}`;
    }
  }
  return JSON.stringify(json);
}
