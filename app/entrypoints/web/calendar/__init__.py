"""The calendar (校历): terms, bells, days off, holidays, opening hours, closures; its words and warnings on other pages."""
