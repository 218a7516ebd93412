import type { Call } from './call.ts';
import type { Logger } from './ports/logger.ts';

/** Writes down what was asked, where the owner wants that. The logger masks it. */
export function logPrompt(call: Call, requestId: string, callerId: string, logger: Logger): void {
  const { operation, request } = call;
  logger.info({ requestId, callerId, operation, model: request.model, prompt: promptOf(call) }, 'a prompt');
}

/** Without the settings of the request; a form's files are told by their size. */
function promptOf(call: Call): unknown {
  if (call.operation === 'chat') return call.request.messages;
  if (call.operation === 'embeddings') return call.request.input;
  const { body } = call.request;
  if (body.kind === 'form') return { bytes: body.bytes.length };
  const { model: _model, stream: _stream, ...rest } = body.value;
  return rest;
}
