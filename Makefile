.DEFAULT_GOAL := help
.PHONY: help run test check bench
PYTHON ?= python3

help: ## these lines
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

run: ## start everything (portal, console, API) and say where it is
	$(PYTHON) manage.py run

test: ## the whole suite but the slow tests
	$(PYTHON) manage.py test

check: ## style, types, import contracts, migrations, deploy checks
	$(PYTHON) manage.py lint

bench: ## every measurement beside its aims and its peer
	$(PYTHON) manage.py bench
