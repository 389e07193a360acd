#!/bin/sh
exec dotnet Shop.dll "$@"
