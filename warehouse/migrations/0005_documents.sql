-- What an official source gives of an act, so that its documents can be held against each other; and runs with a gap.
ALTER TABLE base.sources ADD COLUMN document TEXT;  -- release, list, register; null: none that acts by itself
ALTER TABLE base.runs ADD COLUMN gap BOOLEAN DEFAULT false;  -- nothing listed was known: items may have been missed
