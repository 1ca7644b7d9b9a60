import { describe, expect, it } from 'vitest';
import { translations } from '../../src/errors/catalogue/translations.ts';
import { explainText } from '../../src/errors/explainer.ts';
import { anchorOf } from '../../src/errors/phrase.ts';

/** A catalogue's message as a program prints it. */
function printed(message: string): string {
  return `psql: FATAL:  ${message
    .replace(/%(?:\d\$)?s/g, 'abc')
    .replace(/%(?:\d\$)?[du]/g, '10')
    .replaceAll('%m', 'xyz')
    .replaceAll('%c', 'H')}`;
}

describe('messages of PostgreSQL in other languages', () => {
  it.each(Object.entries(translations()))('%s is explained alike in each', (english, texts) => {
    const expected = explainText(printed(english))[0]?.id;
    for (const [, text] of texts) expect(explainText(printed(text))[0]?.id, text).toBe(expected);
  });

  it('has the anchor of each message before it', () => {
    for (const texts of Object.values(translations()))
      for (const [anchor, text] of texts) expect(anchor).toBe(anchorOf(text.replace(/%(?:\d\$)?[sducm]/g, '…')));
  });

  const unencrypted: Readonly<Record<string, string>> = {
    de: 'FATAL:  kein pg_hba.conf-Eintrag für Host »10.0.0.1«, Benutzer »dms«, Datenbank »app«, keine Verschlüsselung',
    fr: "FATAL:  aucune entrée dans pg_hba.conf pour l'hôte « 10.0.0.1 », utilisateur « dms »,\nbase de données « app », aucun chiffrement",
    es: 'FATAL:  no hay una línea en pg_hba.conf para «10.0.0.1», usuario «dms», base de datos «app», sin cifrado',
    ru: 'ВАЖНО:  в pg_hba.conf нет записи для компьютера "10.0.0.1", пользователя "dms", базы "app", без шифрования',
    zh_CN: '致命错误:  没有用于主机 "10.0.0.1", 用户 "dms", 数据库 "app", no encryption 的 pg_hba.conf 记录',
    sv: 'FATAL:  ingen rad i pg_hba.conf för värd "10.0.0.1", användare "dms", databas "app", ingen kryptering',
  };

  it.each(Object.entries(unencrypted))('tells TLS from pg_hba.conf in %s', (_language, text) => {
    expect(explainText(text)[0]?.layer).toBe('tls');
  });

  it('reads what the system says inside a message', () => {
    const text = 'ОШИБКА:  ошибка при обращении к файлу "test_decoding": Нет такого файла или каталога';
    expect(explainText(text)[0]?.layer).toBe('plugin');
  });
});
