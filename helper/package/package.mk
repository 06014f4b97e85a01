# SPDX-License-Identifier: MIT
# The release and packages of it; included by the Makefile.

#: make dist         the release: tarball, its SHA-256 and its bill of materials, into build/
#: make deb          a package for Debian and its kin, of the tarball, into build/
#: make rpm          a package for Fedora and its kin, of the tarball, into build/
dist:
	@helper/package/dist $(BUILD) $(VERSION)
deb: dist
	@helper/package/deb $(BUILD) $(VERSION)
rpm: dist
	@helper/package/rpm $(BUILD) $(VERSION)

#: make check-packages    as root: builds them twice; the .deb in roots of Debian, from debootstrap
check-packages:
	@tests/package/check $(BUILD) $(VERSION)

lint: lint-package
lint-package:
	shellcheck -x $(addprefix helper/package/,dist deb rpm postinst prerm) tests/package/check \
		tests/package/in_root

.PHONY: dist deb rpm check-packages lint-package
