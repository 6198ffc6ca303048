from xml.etree import ElementTree


class XMLDescription:
    def __init__(self, description):
        self.description = description

    def load(self):
        print("[ INFO    ]: 10:00:00 | Loading XML description: " + self.description)   # kiwi logs on stdout
        return ElementTree.parse(self.description).getroot()
