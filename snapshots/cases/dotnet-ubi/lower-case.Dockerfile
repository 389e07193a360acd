# expect: changed
# trap: Keywords in lower case: new lines follow the file's habit.
from mcr.microsoft.com/dotnet/sdk:8.0 as build
workdir /src
copy . .
run dotnet publish -o /out

from registry.access.redhat.com/ubi8/dotnet-80-runtime:8.0
workdir /app
copy --from=build /out .
user 0
run fix-permissions /app
user 1001
expose 8080
entrypoint ["dotnet", "Shop.dll"]
