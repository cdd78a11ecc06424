// Everything Holdfast needs in the customer's own subscription. One resource group holds one deployment, and one
// deployment protects one tenant. No secret is created here: the apps and the bot sign in with managed identities.
targetScope = 'resourceGroup'

@description('Start of every resource name, for example holdfast-dev.')
@minLength(4)
@maxLength(20)
param resourceBaseName string

@description('Azure region. Choose the geography your backups must stay in.')
param location string = resourceGroup().location

@description('Client id of the Entra app of the console and API (infra/entra/console.json).')
param apiClientId string

@description('Client id of the read-only Entra app that backs up (infra/entra/backup.json).')
param backupClientId string

@description('Client id of the Entra app that restores (infra/entra/restore.json). Empty: downloads only, nothing is written to Microsoft 365.')
param restoreClientId string = ''

@description('How copies are replicated. ZRS keeps three copies in one region; GZRS adds another region.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS', 'Standard_RAGZRS'])
param storageSku string = 'Standard_ZRS'

@description('Days that deleted or overwritten blobs and deleted containers can still be brought back.')
@minValue(7)
@maxValue(365)
param softDeleteDays int = 30

@description('A lock that keeps the storage account from being deleted by accident.')
param lockStorage bool = true

@description('Instances kept warm for the console and the bot; 0 costs nothing while idle.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int = 0

@description('Upper limit of instances, and so of cost.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Version of Node.js that the Functions app runs on.')
@allowed(['22', '24'])
param nodeVersion string = '24'

@description('Microsoft Graph of your cloud.')
param graphEndpoint string = 'https://graph.microsoft.com'

@description('Plan of the bot registration: F0 is free; S1 carries a service level.')
@allowed(['F0', 'S1'])
param botSku string = 'F0'

var uniqueSuffix = take(uniqueString(resourceGroup().id, resourceBaseName), 6)
var tags = {
  application: 'holdfast'
}

module identities 'modules/identities.bicep' = {
  name: 'holdfast-identities'
  params: {
    resourceBaseName: resourceBaseName
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  name: 'holdfast-storage'
  params: {
    accountName: take(toLower(replace('st${uniqueSuffix}${resourceBaseName}', '-', '')), 24)
    location: location
    tags: tags
    sku: storageSku
    softDeleteDays: softDeleteDays
    lockAccount: lockStorage
    workerPrincipalId: identities.outputs.workerPrincipalId
  }
}

module keyVault 'modules/keyVault.bicep' = {
  name: 'holdfast-key-vault'
  params: {
    vaultName: take('kv-${uniqueSuffix}-${resourceBaseName}', 24)
    location: location
    tags: tags
    workerPrincipalId: identities.outputs.workerPrincipalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'holdfast-monitoring'
  params: {
    resourceBaseName: resourceBaseName
    location: location
    tags: tags
    workerPrincipalId: identities.outputs.workerPrincipalId
  }
}

module functionApp 'modules/functionApp.bicep' = {
  name: 'holdfast-function-app'
  params: {
    appName: 'func-${resourceBaseName}-${uniqueSuffix}'
    location: location
    tags: tags
    nodeVersion: nodeVersion
    alwaysReadyInstances: alwaysReadyInstances
    maximumInstanceCount: maximumInstanceCount
    workerIdentityId: identities.outputs.workerId
    workerClientId: identities.outputs.workerClientId
    botIdentityId: identities.outputs.botIdentityId
    storageAccountName: storage.outputs.accountName
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    insightsConnectionString: monitoring.outputs.connectionString
    settings: {
      GRAPH_ENDPOINT: graphEndpoint
      AUTHORITY_HOST: 'https://${split(environment().authentication.loginEndpoint, '/')[2]}'
      TENANT_ID: tenant().tenantId
      BACKUP_CLIENT_ID: backupClientId
      RESTORE_CLIENT_ID: restoreClientId
      API_CLIENT_ID: apiClientId
      BOT_ID: identities.outputs.botClientId
      STORAGE_ACCOUNT_NAME: storage.outputs.accountName
      STORAGE_ENDPOINT_SUFFIX: environment().suffixes.storage
      KEY_VAULT_KEY_ID: keyVault.outputs.wrappingKeyId
    }
  }
}

module bot 'modules/bot.bicep' = {
  name: 'holdfast-bot'
  params: {
    botName: 'bot-${resourceBaseName}-${uniqueSuffix}'
    tags: tags
    sku: botSku
    endpoint: 'https://${functionApp.outputs.hostName}/api/messages'
    identityId: identities.outputs.botIdentityId
    identityClientId: identities.outputs.botClientId
  }
}

// The toolkit writes these into env/.env.{name}; manifests and later steps read them there.
output TAB_DOMAIN string = functionApp.outputs.hostName
output TAB_ENDPOINT string = 'https://${functionApp.outputs.hostName}'
output BOT_ID string = identities.outputs.botClientId
output FUNCTION_APP_NAME string = functionApp.outputs.name
output FUNCTION_APP_RESOURCE_ID string = functionApp.outputs.id
output WORKER_PRINCIPAL_ID string = identities.outputs.workerPrincipalId
output STORAGE_ACCOUNT_NAME string = storage.outputs.accountName
output KEY_VAULT_KEY_ID string = keyVault.outputs.wrappingKeyId
