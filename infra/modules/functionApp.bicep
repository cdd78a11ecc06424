// One Flex Consumption app hosts the API, the jobs, the bot's endpoint and the built console.
param appName string
param location string
param tags object
param nodeVersion string
param alwaysReadyInstances int
param maximumInstanceCount int
param workerIdentityId string
param workerClientId string
param botIdentityId string
param storageAccountName string
param deploymentContainerUrl string
param insightsConnectionString string

@description('Settings of Holdfast itself, by the names its settings file reads.')
param settings object

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${appName}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: appName
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${workerIdentityId}': {}
      '${botIdentityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: workerIdentityId
          }
        }
      }
      runtime: {
        name: 'node'
        version: nodeVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0
          ? []
          : [
              {
                name: 'http'
                instanceCount: alwaysReadyInstances
              }
            ]
      }
    }
  }
}

// Publishing takes an Entra sign-in; the user name and password of old publish profiles are off.
resource noBasicAuth 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = [
  for kind in ['ftp', 'scm']: {
    parent: app
    name: kind
    properties: {
      allow: false
    }
  }
]

// A resource of its own, because PUBLIC_URL needs the host name that Azure gives the app.
resource appSettings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: union(settings, {
    PUBLIC_URL: 'https://${app.properties.defaultHostName}'
    AZURE_CLIENT_ID: workerClientId
    // The console is served at `/`, where the host would show a page of its own.
    AzureWebJobsDisableHomepage: 'true'
    AzureWebJobsStorage__accountName: storageAccountName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: workerClientId
    APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${workerClientId};Authorization=AAD'
    // Content passes in many short-lived buffers: V8 and glibc give memory back soon instead of keeping it for later.
    languageWorkers__node__arguments: '--scavenger-max-new-space-capacity-mb=2 --max-semi-space-size=2 --heap-growing-percent=30'
    MALLOC_ARENA_MAX: '2'
    MALLOC_MMAP_THRESHOLD_: '131072'
    MALLOC_TRIM_THRESHOLD_: '131072'
  })
}

output id string = app.id
output name string = app.name
output hostName string = app.properties.defaultHostName
