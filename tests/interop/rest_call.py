# The guide's program. Only the address is ours: service B's comes from the environment.
import os
import requests

# Service A calling Service B
response = requests.get(os.environ['SERVICE_B'] + '/api/data')
if response.status_code == 200:
    data = response.json()
    print(data)
else:
    print('Failed to retrieve data')
