/** For tests of your own adapters and of your own use of the hub: no network beyond this machine, no waiting. */
export { cut, gate } from './answer-script.ts';
export type { AnswerScript, Gate, RecordedRequest, ScriptEnd, ScriptStep, UpstreamScript } from './answer-script.ts';
export { auditLogCases } from './audit-log-cases.ts';
export type { AuditLogPlace } from './audit-log-cases.ts';
export { answerCacheCases } from './answer-cache-cases.ts';
export type { AnswerCachePlace } from './answer-cache-cases.ts';
export { balancerCases } from './balancer-cases.ts';
export { manualClock } from './manual-clock.ts';
export type { ManualClock } from './manual-clock.ts';
export { chatCompletionsDialect } from './chat-completions.ts';
export type {
  Ability,
  FailureCause,
  UpstreamAnswer,
  UpstreamCall,
  UpstreamDialect,
  UpstreamEvent,
  UpstreamFailure,
} from './dialect.ts';
export { configStoreCases } from './config-store-cases.ts';
export type { ConfigStorePlace } from './config-store-cases.ts';
export { flowControlCases } from './flow-control-cases.ts';
export { archivableLedgerCases } from './archivable-ledger-cases.ts';
export { keyStoreCases } from './key-store-cases.ts';
export type { KeyStorePlace } from './key-store-cases.ts';
export { ledgerCases } from './ledger-cases.ts';
export { liveCountersCases } from './live-counters-cases.ts';
export type { LiveCountersPlace } from './live-counters-cases.ts';
export type { LedgerPlace } from './cases/ledger-case-run.ts';
export type { FlowCaseBounds, MakeFlowControl } from './cases/flow-run.ts';
export type { PortCase, PortCaseOptions } from './port-case.ts';
export { nonceStoreCases } from './nonce-store-cases.ts';
export type { NonceStorePlace } from './nonce-store-cases.ts';
export { providerCases } from './provider-cases.ts';
export type { MakeProvider, ProviderCase, ProviderCaseOptions } from './provider-cases.ts';
export { providerReport } from './provider-report.ts';
export type { FailedCase, ProviderReport } from './provider-report.ts';
export { quotaCases } from './quota-cases.ts';
export type { MakeQuota } from './cases/quota-run.ts';
export type { QuotaCase, QuotaCaseOptions } from './quota-cases.ts';
export { scriptedFetch } from './scripted-fetch.ts';
export type { ScriptedFetch } from './scripted-fetch.ts';
export { chunkOf, completionOf, scriptedProvider } from './scripted-provider.ts';
export type { Script, ScriptedCall, ScriptedProvider, StreamStep } from './scripted-provider.ts';
export { scriptedUpstream } from './scripted-upstream.ts';
export type { ScriptedUpstream, ScriptedUpstreamOptions } from './scripted-upstream.ts';
export { secretStoreCases } from './secret-store-cases.ts';
export type { SecretStorePlace } from './secret-store-cases.ts';
export { sessionStoreCases } from './session-store-cases.ts';
export type { SessionStorePlace } from './session-store-cases.ts';
export { sessionTrackerCases } from './session-tracker-cases.ts';
export type { SessionTrackerPlace } from './session-tracker-cases.ts';
export { storeCases } from './store-cases.ts';
export type { StorePlace } from './store-cases.ts';
export { tokenCounterCases } from './token-counter-cases.ts';
export type { TokenCounterCaseOptions } from './token-counter-cases.ts';
