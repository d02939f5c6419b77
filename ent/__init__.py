"""The ground floor: settings, tenancy, the portal's registry, embedded services."""
