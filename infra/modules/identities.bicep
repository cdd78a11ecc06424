// Two identities, so that what the bot may do (speak in Teams) and what the workers may do (read and write backups)
// never share a credential. Entra accepts only user-assigned identities as federated credentials of an app.
param resourceBaseName string
param location string
param tags object

resource worker 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${resourceBaseName}-worker'
  location: location
  tags: tags
}

resource bot 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${resourceBaseName}-bot'
  location: location
  tags: tags
}

output workerId string = worker.id
output workerClientId string = worker.properties.clientId
output workerPrincipalId string = worker.properties.principalId
output botIdentityId string = bot.id
output botClientId string = bot.properties.clientId
