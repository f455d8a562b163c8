"""The words that collection, inventory, insights and records share: frozen values, no behaviour."""
