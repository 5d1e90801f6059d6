import { isJsonObject, type JsonValue } from '@pacspace/domain';

type Fields = Readonly<Record<string, JsonValue>>;

/** What strangers wrote is shown without what could steer a terminal or turn the line around. */
function textOf(value: JsonValue | undefined): string {
  if (typeof value !== 'string' && typeof value !== 'number') return '';
  return String(value).replaceAll(/[^\P{C}\n]/gu, '\ufffd');
}

const indent = (text: string): string => text.trimEnd().replaceAll(/^(?=.)/gm, '    ');

function itemsOf({ items }: Fields): readonly Fields[] {
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}

/** The requests of an answer, one paragraph each. */
export function formatRequests(data: Fields): string {
  const paragraphs = itemsOf(data).map((one) => {
    const [id, state, email, name] = [one['id'], one['state'], one['email'], one['name']].map(textOf);
    const [organization, buyerMode, useCase] = [one['organization'], one['buyerMode'], one['useCase']].map(
      textOf,
    );
    const head = `${id}  ${(state ?? '').padEnd(10)}  ${textOf(one['createdAt']).slice(0, 10)}  ${email}`;
    return `${head}\n    ${name}, ${organization} (${buyerMode})\n${indent(useCase ?? '')}`;
  });
  return paragraphs.length === 0 ? 'no requests' : paragraphs.join('\n');
}

export function formatApproval(data: Fields): string {
  return `approved ${textOf(data['email'])} (plan ${textOf(data['plan'])}); a mail with a token is on its way

This token does the same, once, until ${textOf(data['expiresAt'])}:

  ${textOf(data['approvalToken'])}`;
}

export function formatDenial(data: Fields): string {
  return `denied ${textOf(data['email'])}`;
}

/** The mails of an answer, the oldest first, so that the latest stands above the prompt. */
export function formatMails(data: Fields): string {
  const paragraphs = itemsOf(data)
    .toReversed()
    .map((one) => {
      const [at, state, kind, recipient] = [
        one['createdAt'],
        one['deliveryState'],
        one['kind'],
        one['recipient'],
      ].map(textOf);
      const body = textOf(one['text']) || textOf(one['failure']);
      return `${at}  ${state}  ${kind}  ${recipient}${body === '' ? '' : `\n${indent(body)}`}`;
    });
  return paragraphs.length === 0 ? 'no mails' : paragraphs.join('\n\n');
}
