# Runs `python ARGUMENTS` as a user who is no administrator, and passes the exit code on.
$ErrorActionPreference = 'Stop'

$password = [guid]::NewGuid().ToString() + '!Aa1'
$secret = ConvertTo-SecureString $password -AsPlainText -Force
New-LocalUser -Name 'ntpages-tester' -Password $secret | Out-Null
Add-LocalGroupMember -SID 'S-1-5-32-545' -Member 'ntpages-tester'  # Users
# If our environment is passed on, its folder for temporary files is one that this user may use.
$env:TEMP = $env:TMP = (New-Item -ItemType Directory -Force "$PWD\.ntpages\temp").FullName
icacls $PWD /grant 'ntpages-tester:(OI)(CI)M' /T /Q | Out-Null

$credential = New-Object System.Management.Automation.PSCredential('ntpages-tester', $secret)
$python = (Get-Command python).Source
$process = Start-Process $python -ArgumentList $args -WorkingDirectory $PWD -Credential $credential `
    -LoadUserProfile -NoNewWindow -Wait -PassThru
exit $process.ExitCode
