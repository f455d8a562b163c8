"""Rule packs: data that says which columns a workbook has and what becomes of them. No code in packs."""
