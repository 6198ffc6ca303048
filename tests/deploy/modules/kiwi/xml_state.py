import os


class Repository:
    def __init__(self, element):
        self.element = element

    def check(self, name):
        return {"true": True, "false": False, None: None}[self.element.get(name)]

    def get_package_gpgcheck(self):
        return self.check("package_gpgcheck")

    def get_repository_gpgcheck(self):
        return self.check("repository_gpgcheck")


class XMLState:
    """Sections of a profile count when it is selected, here: when it is imported by default."""
    def __init__(self, xml_data):
        self.root = xml_data
        profiles = self.root.findall("profiles/profile")
        self.profiles = {p.get("name") for p in profiles if p.get("import") == "true"}

    def counts(self, element):
        profiles, archs = element.get("profiles"), element.get("arch")
        return ((not profiles or self.profiles & set(profiles.split(",")))
                and (not archs or os.uname().machine in archs.split(",")))

    def get_repository_sections(self):
        return [Repository(e) for e in self.root.findall("repository") if self.counts(e)]
