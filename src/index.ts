/** NexusAI Hub: the LLM gateway you import. */
export { NexusHub } from './hub.ts';
export type { CloseOptions } from './close-options.ts';
export type { DisconnectPolicy } from './parts.ts';
export type { AuditOptions } from './audit-options.ts';
export type { ControlOptions, PepperOptions } from './control-options.ts';
export type { RecordsOptions } from './records-options.ts';
export type { FlowOptions, NexusHubOptions, Providers } from './options.ts';
export type { LoggingOptions } from './logging-options.ts';
export { maskingLogger } from './masking/masking-logger.ts';
export type { MaskingOptions, MaskOption } from './masking/masking-logger.ts';
export type { PersonalData } from './masking/personal-data.ts';
export type { FallbackRoute, Route } from './route-options.ts';
export type { SessionsOptions } from './sessions-options.ts';
export type { SignatureOptions } from './signature-options.ts';
export type { BudgetDrift } from './bookkeeping/reconcile-budgets.ts';
export type { LedgerReport } from './bookkeeping/ledger-report.ts';
export type { KeyOptions } from './defaults/authenticator.ts';
export { STRATEGY_NAMES } from './defaults/balancer.ts';
export type { StrategyName } from './defaults/balancer.ts';
export { cheapest } from './defaults/balancer/cheapest.ts';
export type { CheapestOptions } from './defaults/balancer/cheapest.ts';
export { fastest } from './defaults/balancer/fastest.ts';
export type { FastestOptions } from './defaults/balancer/fastest.ts';
export { leastBusy } from './defaults/balancer/least-busy.ts';
export { roundRobin } from './defaults/balancer/round-robin.ts';
export { sticky } from './defaults/balancer/sticky.ts';
export { weighted } from './defaults/balancer/weighted.ts';
export type { Chance } from './defaults/balancer/weighted.ts';
export type { ProviderBounds } from './defaults/flow-control.ts';
export type { PriceOptions, PricesByModel, PricesOptions } from './defaults/price-table.ts';
export type { AwayMode, QuotaState } from './defaults/guarded-quota.ts';
export { memoryAuditLog } from './defaults/audit-log.ts';
export type { MemoryAuditLogOptions } from './defaults/audit-log.ts';
export { memoryKeyStore } from './defaults/key-store.ts';
export { memoryAnswerCache } from './defaults/answer-cache.ts';
export type { MemoryAnswerCacheOptions } from './defaults/answer-cache.ts';
export { memoryLedger } from './defaults/ledger.ts';
export type { MemoryLedger, MemoryLedgerOptions } from './defaults/ledger.ts';
export { memoryLiveCounters } from './defaults/live-counters.ts';
export { memoryNonceStore } from './defaults/nonce-store.ts';
export { memorySecretStore } from './defaults/secret-store.ts';
export { signingKeyOf } from './defaults/signing-key.ts';
export { memoryQuota } from './defaults/quota.ts';
export type { RouteCondition } from './defaults/router/condition.ts';
export { memoryStore } from './defaults/store.ts';
export { checkedFile } from './control/document/checked-config.ts';
export type { CheckedConfig } from './control/document/checked-config.ts';
export type { ConfigComplaint } from './control/document/check-config.ts';
export { CHANGING_SECTIONS } from './control/document/config-schema.ts';
export type { Config } from './control/document/config-schema.ts';
export { auditOptionsOf } from './control/document/audit-config.ts';
export { auditRetentionOf, backupsOf, retentionOf } from './control/document/keeping-config.ts';
export { startingOptionsOf } from './control/document/starting-options.ts';
export { weaknessOf } from './control/document/strong-key.ts';
export type { MasterKey, MasterKeySource } from './master-key-source.ts';
export { masterKeyProblem } from './control/vault/master-key.ts';
export { forgetLostSecrets } from './control/vault/forget-lost-secrets.ts';
export { rotateSecrets } from './control/vault/rotate-secrets.ts';
export type { AdminVault } from './vault-api.ts';
export type { KeyUse, RotateOptions, RotationProgress, VaultStatus } from './vault-control.ts';
export type { StatsSnapshot, TokenTotals, Totals } from './defaults/stats.ts';
export { ChatStream } from './chat-api.ts';
export { answerInfo } from './in-process.ts';
export { OperationStream } from './operation-stream.ts';
export type { Completions, Moderations, Responses } from './operations-api.ts';
export type { Audio, Images, Speech, Transcriptions, Translations } from './media-api.ts';
export type { Plain, Streaming } from './pass-on.ts';
export type * from './openai/operation-types.ts';
export { severalKeys } from './provider-kit/several-keys.ts';
export type {
  ChatCompletions,
  Embeddings,
  NumericEmbeddingRequest,
  PlainChatRequest,
  StreamingChatRequest,
} from './chat-api.ts';
export type { RequestOptions } from './request-options.ts';
export type { ModelList, Models } from './models-api.ts';
export { BackupFolder } from './data/backup-folder.ts';
export type { Backup, BackupStep, CreateBackup } from './data/backup-folder.ts';
export type { BackupManifest } from './data/backup-manifest.ts';
export { verifyBackup } from './data/verify-backup.ts';
export type { ArchiveManifest } from './data/ledger-archive.ts';
export { restoreArchive } from './data/restore-archive.ts';
export type { ArchiveRestored } from './data/restore-archive.ts';
export { verifyArchive } from './data/verify-archive.ts';
export type { AuditArchiveManifest } from './data/audit-archive.ts';
export { verifyAuditArchives } from './data/verify-audit-archives.ts';
export type { ArchivedChainAgainst, ArchivedChainReport } from './data/verify-audit-archives.ts';
export { verifyChain } from './data/verify-chain.ts';
export type { BrokenLink, ChainRange, ChainReport } from './data/verify-chain.ts';
export { BUILT_IN_ROLES, PERMISSION_NAMES, PERMISSIONS } from './permissions.ts';
export type { Permission, RoleOptions, RolesOptions } from './permissions.ts';
export type { Admin } from './admin-api.ts';
export type { KeyChangeOptions, Keys } from './keys-api.ts';
export type {
  KeyChanges,
  KeyCheck,
  KeyControl,
  KeyFields,
  KeyInfo,
  KeyPage,
  MadeKey,
  NewKey,
  SecretHint,
} from './key-control.ts';
export type { BackupControl } from './backup-control.ts';
export type { Backups } from './backups-api.ts';
export type { ConversationOwner, Conversations } from './conversations-api.ts';
export type { CacheOptions } from './cache-options.ts';
export type { CacheReport } from './cache-report.ts';
export type { CacheWish } from './cache-wish.ts';
export type { CircuitControl } from './circuit-control.ts';
export type { Circuits } from './circuits-api.ts';
export type { ExportFormat } from './export/export-form.ts';
export type { HubStats } from './hub-stats.ts';
export type { LiveStats } from './live-stats.ts';
export type { Stats } from './stats-api.ts';
export { exportAudit } from './audit-views.ts';
export type { AuditExportQuery } from './audit-views.ts';
export { exportLedger } from './ledger-export.ts';
export type { ExportQuery } from './ledger-export.ts';
export { momentOf } from './moment-of.ts';
export type { Views } from './views.ts';
export type { Answer, AnswerHead } from './answer.ts';
export type { AnswerStream } from './answer-stream.ts';
export type { Call, ChatCall, EmbeddingCall, ForwardCall, WholeBody } from './call.ts';
export type { PassedBody, PassedRequest } from './openai/forward-request.ts';
export type { Gateway } from './gateway.ts';
export { CODES, isNexusError, NexusError } from './errors.ts';
export type { CodeRow, ErrorDetails, Fault, LimitName, NexusErrorCode, TriedTarget } from './errors.ts';
export type * from './ports/index.ts';
